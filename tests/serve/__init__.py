"""The daemon: real audits of recordings, a real web server, real signals."""

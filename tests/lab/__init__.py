"""The lab, asked by real clients over loopback."""

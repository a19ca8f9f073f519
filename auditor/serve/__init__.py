"""The daemon: audits on a schedule, and a web server that tells what they found.

What was found is kept in memory and nowhere else. One audit of all clusters runs at a time, on threads that can be left
behind; nothing that goes wrong in one ends the daemon. What is shown is only ever of an audit that has ended, and where
the latest has failed, that stands above what an earlier one found.
"""

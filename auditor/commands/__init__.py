"""The subcommands, a file each: arguments in, exit code out.

At the top of a command's file stand only click and the standard library, so that `--help` answers at once;
what the command works with is imported when it works.
"""

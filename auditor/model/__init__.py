"""The words of the program: frozen data, standard library only.

Nothing in this room reads a file, a clock or a network, and nothing here decides anything.
Every other room speaks in these types.
"""

"""One command a file: it reads options, calls ``ftcli.api`` and shows what came back.

A module here begins with the name of its command and what that is for, which is its help, and has ``ORDER``, its place
in the list of all, and ``register(app)``.
"""

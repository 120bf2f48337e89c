"""One command a file: it reads options, calls ``ftcli.api`` and shows what came back.

A module here has ``ORDER``, its place in the help, and ``register(app)``.
"""

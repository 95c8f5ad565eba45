"""Shops as child processes: all of them once, or each when it is due.

`children` starts and stops them, `all_shops` runs every shop once. `service` is the daemon: its
`loop` begins shops when they are due, its `book` keeps the `health` of each, and `metrics`,
`server` and `systemd` tell those who watch. `units` writes what systemd and cron need instead.
Nothing is imported here.
"""

"""Shops as child processes: all of them once, or each when it is due.

`children` starts and stops them, `all_shops` runs every shop once. Nothing is imported here.
"""

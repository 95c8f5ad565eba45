"""One run of one shop, and the questions that need the same data without sending anything.

`shell` does the run that a `request` asks for, `checks` tells what the files of a shop cannot
answer, `questions` explains and exports, `connector_facts` tells of connectors. Nothing is
imported here: a check is over before the rest would be loaded.
"""

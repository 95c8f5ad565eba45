"""From the text of cells to typed values: numbers, times, words.

Each function takes distinct texts (no blanks) and returns as many values, null where the text
is none; nothing here raises for data, except where a whole column can be read two ways.
"""

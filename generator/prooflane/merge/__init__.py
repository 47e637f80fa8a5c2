"""Three trees to one.

`three` decides path by path, `text` by line, `structured` by key where lines conflict, `renames`
asks git where a file may have moved. Nothing here knows what a template is or who owns a file.
"""

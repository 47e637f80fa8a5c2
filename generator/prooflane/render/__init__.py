"""Templates to files, byte for byte as `copier copy` makes them.

`tree` renders hermetic templates in memory; `foreign` lets Copier itself render any other. Only
this package imports Copier, and all of it but `foreign` needs nothing but Jinja2 and PyYAML.
"""

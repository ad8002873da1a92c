"""HTML pages from Jinja2 templates; every value is escaped."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


@cache
def _environment(package: str) -> Environment:
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(package: str, template: str, **values: object) -> str:
    """Return a page.

    Args:
        package: Package whose folder ``templates`` holds the template, such as
            'mmlesson.apis.analysis'.
        template: Name of the file.
        values: What the template uses; markup in them is escaped.
    """
    return _environment(package).get_template(template).render(values)

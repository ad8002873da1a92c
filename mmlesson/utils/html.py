"""HTML pages from Jinja2 templates, with all values escaped."""

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
    """Render a template to an HTML page.

    Args:
        package: Package whose folder ``templates`` holds the template, such as
            'mmlesson.apis.analysis'.
        template: File name of the template.
        values: Values used in the template; markup in them is escaped.
    """
    return _environment(package).get_template(template).render(values)

"""Check of the losses of our heads, which must return the loss of each sample."""

from __future__ import annotations

from collections.abc import Iterator

from mmlesson.config.component_tree import Component, ConfigTree
from mmlesson.config.issues import Issue
from mmlesson.errors import ArgumentError


def check_losses(tree: ConfigTree) -> Iterator[Issue]:
    """Yield an issue for a loss in our head that cannot return the loss of each sample."""
    for component in tree.components.values():
        if component.path.endswith('.loss') and _is_in_our_head(component):
            from mmlesson.models.heads import reduction_keyword  # needs torch

            try:
                reduction_keyword(component.target)
            except ArgumentError as err:
                yield Issue(f'{component.path}.type', str(err))


def _is_in_our_head(component: Component) -> bool:
    from mmlesson.models.heads import ClassificationHead  # needs torch

    head = component.parent.target if component.parent else None
    is_ours = isinstance(head, type) and issubclass(head, ClassificationHead)
    return is_ours and hasattr(component.target, 'forward')

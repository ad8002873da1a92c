"""Direction of a metric, 'greater' or 'less', derived from complete words of its name.

mmengine matches substrings, so that 'topology_loss' and 'stop_loss' contain 'top' and count as
"greater is better" (early_stopping_hook.py, ``_init_rule``).
"""

from __future__ import annotations

import re
from typing import Literal

from mmlesson.errors import ArgumentError

Direction = Literal['greater', 'less']

_GREATER_WORDS = """
acc accuracy accuracies aacc macc bacc ap map ar mar auc auroc aucroc auprc roc bleu correct dice
mdice f1 fbeta fscore mfscore hit hits iou miou jaccard kappa mcc mrr ndcg pck precision psnr r2
recall rouge sensitivity specificity ssim tnr tpr
"""
_LESS_WORDS = """
bce cer cost costs crossentropy distance entropy epe err error errors fid fnr fpr hinge inaccuracy
logloss loss losses lpips mae mape misclassification misclassified mistake mistakes mse nll nme
perplexity ppl regret rmse wer wrong xent
"""
_GREATER = frozenset(_GREATER_WORDS.split())
_LESS = frozenset(_LESS_WORDS.split())
_WEAK_GREATER = frozenset({'top'})  # 'top1' alone is an accuracy, 'error/top1' is an error
_NEGATION = frozenset({'neg', 'negative', 'negated', 'inverse', 'minus'})

_JOINTS = re.compile(r'(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[0-9])(?=[A-Za-z])')


def direction(metric: str) -> Direction:
    """Return whether higher or lower values of a metric are better.

    The last known word decides, since in English the noun comes last: 'accuracy_loss' is a loss.

    Args:
        metric: Name of a validation metric, such as 'accuracy/top1' or 'valLoss'. Words end at any
            character except letters and digits, at a camelCase boundary and after digits.

    Raises:
        ArgumentError: If no word is known, or a word such as 'neg' reverses the meaning.

    Example:
        >>> direction('accuracy/top1'), direction('topology_loss')
        ('greater', 'less')
    """
    words = [word for chunk in re.split(r'[^A-Za-z0-9]+', metric) for word in _words(chunk)]
    found: Direction | None = None
    for word in words:
        if word in _LESS:
            found = 'less'
        elif word in _GREATER:
            found = 'greater'
    if found is None and _WEAK_GREATER.intersection(words):
        found = 'greater'
    if found is None or _NEGATION.intersection(words):
        raise ArgumentError(
            f'rule must be given for the metric {metric!r}: its name does not show whether more or '
            "less is better. Set rule='greater' or rule='less'."
        )
    return found


def _words(chunk: str) -> list[str]:
    """Return the lower-case words of letters and digits; 'mAP50' is the single word 'map'."""
    whole = _known_form(chunk)
    if whole in _GREATER or whole in _LESS:
        return [whole]
    return [_known_form(part) for part in _JOINTS.split(chunk)]


def _known_form(word: str) -> str:
    """Return ``word`` in lower case, without its number unless that is part of the name."""
    lower = word.lower()
    return lower if lower in _GREATER else lower.rstrip('0123456789')

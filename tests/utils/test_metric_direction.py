import pytest

from mmlesson.errors import ArgumentError
from mmlesson.utils.metric_direction import direction

GREATER_NAMES = """
acc ACC accuracy/top1 accuracy_top1 Accuracy_top1 top1 top_5 single-label/f1-score F1Score f1_score
single-label/precision single-label/recall multi-label/mAP mAP_50 mAP50 coco/bbox_mAP mIoU mDice
mAcc aAcc AUC AUROC AR@100 valAcc train/accuracy loss/accuracy bacc
"""
LESS_NAMES = """
loss Loss val_loss valLoss ce_loss train/loss stop_loss topology_loss accuracy_loss top_loss error
val_error top1_error error/top1 bacc_error perplexity mistakes mae mse RMSE CrossEntropyLoss
cross_entropy accuracy/loss EPE NME
"""
UNTOLD = ['stop', 'topology', 'accurate', 'lossless', 'score', 'time', '', '42', 'neg_loss']


@pytest.mark.parametrize('metric', GREATER_NAMES.split())
def test_metrics_where_greater_is_better(metric):
    assert direction(metric) == 'greater'


@pytest.mark.parametrize('metric', LESS_NAMES.split())
def test_metrics_where_less_is_better(metric):
    assert direction(metric) == 'less'


@pytest.mark.parametrize('metric', UNTOLD)
def test_unknown_direction_requires_a_rule(metric):
    with pytest.raises(ArgumentError, match=r"name does not show .* Set rule='greater' or rule="):
        direction(metric)

from mmlesson.visualization.plots.final_point import FinalPoint


def test_loss_and_accuracy_may_be_unknown():
    point = FinalPoint('epoch 9', 9)
    assert (point.loss, point.accuracy) == (None, None)

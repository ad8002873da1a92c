"""Models of the tasks other than classification: backbone, heads and the model around them."""

from mmlesson.models.vision.box_head import BoxHead
from mmlesson.models.vision.center_head import CenterHead
from mmlesson.models.vision.feature_maps import FeatureMaps
from mmlesson.models.vision.heatmap_head import HeatmapHead
from mmlesson.models.vision.instance_head import InstanceHead
from mmlesson.models.vision.pixel_head import PixelHead
from mmlesson.models.vision.task_head import TaskHead
from mmlesson.models.vision.task_model import TaskModel

__all__ = [
    'BoxHead',
    'CenterHead',
    'FeatureMaps',
    'HeatmapHead',
    'InstanceHead',
    'PixelHead',
    'TaskHead',
    'TaskModel',
]

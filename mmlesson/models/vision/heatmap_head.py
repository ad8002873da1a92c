"""Head for keypoints: one heat map for each point."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from mmlesson.errors import ArgumentError, check_int, check_number
from mmlesson.models.vision.heatmaps import gaussian_maps, highest_points
from mmlesson.models.vision.task_head import Labels, Size, TaskHead, map_layers
from mmlesson.registry import MODELS
from mmlesson.tasks import KEYPOINTS


@MODELS.register_module()
class HeatmapHead(TaskHead):
    """Keypoints of the single object in an image: one heat map for each, whose peak is the point.

    The target is a Gaussian around the point, the loss the sum of squared errors. Why it is here:
    where a point is becomes how likely each place is, which convolutions can answer; a fully
    connected layer to coordinates would learn each place anew.

    Args:
        num_keypoints: Number of points.
        in_channels: As in `TaskHead`; the coarsest map is used.
        channels: Channels of the hidden layers.
        upsample: How often the size of the map is doubled: finer cells give finer points.
        sigma: Standard deviation of the target in cells.

    Shape:
        Output (N, num_keypoints, h, w).

    Raises:
        ArgumentError: If an argument is not as described, or an image has not one object.

    References:
        Tompson, Jain, LeCun, Bregler (2014), arXiv:1406.2984 (heat maps); Xiao, Wu, Wei (2018),
        arXiv:1804.06208 (this head).
    """

    task = KEYPOINTS

    def __init__(
        self,
        num_keypoints: int,
        in_channels: Sequence[int],
        channels: int = 32,
        upsample: int = 1,
        sigma: float = 1.0,
    ) -> None:
        super().__init__(in_channels)
        check_int('HeatmapHead', 'num_keypoints', num_keypoints)
        check_int('HeatmapHead', 'channels', channels)
        check_int('HeatmapHead', 'upsample', upsample, minimum=0)
        check_number('HeatmapHead', 'sigma', sigma, 0.1)
        self.num_keypoints, self.sigma = num_keypoints, sigma
        self.layers = map_layers(in_channels[-1], channels, upsample)
        self.heatmap = nn.Conv2d(channels, num_keypoints, 1)

    def forward(self, feats: tuple[Tensor, ...]) -> Tensor:
        """Return the heat maps, whose values are near 0 to 1 after training."""
        maps: Tensor = self.heatmap(self.layers(feats[-1]))
        return maps

    def sample_losses(self, outputs: Tensor, labels: Labels, size: Size) -> dict[str, Tensor]:
        """Return 'loss_heatmap': the squared errors, summed over a map, the mean of the maps."""
        points = labels['keypoints']
        if points.shape[1:] != (1, self.num_keypoints, 2):
            raise ArgumentError(
                f'HeatmapHead must get {self.num_keypoints} keypoints of exactly one object in '
                f'each image, got keypoints of shape {tuple(points.shape[1:])}. Set digits=(1, 1), '
                'and num_keypoints to match the data.'
            )
        cells = points[:, 0] / self._strides(outputs, size) - 0.5
        targets = gaussian_maps(cells, outputs.shape[-2:], self.sigma)
        return {'loss_heatmap': (outputs - targets).square().flatten(2).sum(2).mean(1)}

    def decode(self, outputs: Tensor, size: Size) -> dict[str, Tensor]:
        """Return the keypoints of one object, (N, 1, K, 2), and their scores, (N, 1, K)."""
        cells, values = highest_points(outputs.float())
        points = (cells + 0.5) * self._strides(outputs, size)
        return {'keypoints': points[:, None], 'keypoint_scores': values[:, None]}

    def heat_maps(self, outputs: Tensor) -> Tensor:
        """Return the map of each keypoint."""
        return outputs

    @staticmethod
    def _strides(outputs: Tensor, size: Size) -> Tensor:
        """Return the width and height of a cell in pixels."""
        height, width = outputs.shape[-2:]
        return outputs.new_tensor([size[1] / width, size[0] / height])

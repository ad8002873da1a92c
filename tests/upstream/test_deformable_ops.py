import pytest
import torch
import torch.nn.functional as F


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.fixture
def parts():
    return random(2, 4, 7, 6), random(6, 2, 3, 3, seed=1)


def gradients(output, *inputs):
    return torch.autograd.grad(output.square().sum(), inputs)


def test_without_offsets_it_is_an_ordinary_convolution(mmcv_ops, parts):
    x, weight = (part.requires_grad_() for part in parts)
    offset = torch.zeros(2, 18, 4, 3, dtype=torch.float64)
    found = mmcv_ops.deform_conv2d(x, offset, weight, 2, 1, 1, 2)
    expected = F.conv2d(x, weight, None, 2, 1, 1, 2)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(gradients(found, x, weight), gradients(expected, x, weight))


def test_constant_offset_of_one_row_is_a_convolution_of_the_moved_image(mmcv_ops, parts):
    x, weight = parts
    offset = torch.zeros(2, 18, 5, 4, dtype=torch.float64)
    offset[:, 0::2] = 1  # rows are the even entries
    found = mmcv_ops.deform_conv2d(x, offset, weight, 1, 0, 1, 2)
    moved = F.pad(x, (0, 0, 0, 1))[:, :, 1:]
    torch.testing.assert_close(found, F.conv2d(moved, weight, groups=2))


def test_gradient_of_the_offsets_is_that_of_difference_quotients(mmcv_ops, parts):
    x, weight = parts
    offset = (random(2, 36, 7, 6, seed=2) * 0.3).requires_grad_()

    def convolve(offset):
        return mmcv_ops.deform_conv2d(x, offset, weight, 1, 1, 1, 2, 2)

    assert torch.autograd.gradcheck(convolve, [offset], fast_mode=True)


def test_constant_mask_scales_an_ordinary_convolution(mmcv_ops, parts):
    x, weight = (part.requires_grad_() for part in parts)
    bias = random(6, seed=3).requires_grad_()
    offset = torch.zeros(2, 18, 7, 6, dtype=torch.float64)
    mask = torch.full((2, 9, 7, 6), 0.5, dtype=torch.float64)
    found = mmcv_ops.modulated_deform_conv2d(x, offset, mask, weight, bias, 1, 1, 1, 2)
    expected = 0.5 * F.conv2d(x, weight, None, 1, 1, 1, 2) + bias[:, None, None]
    torch.testing.assert_close(found, expected)
    inputs = (x, weight, bias)
    torch.testing.assert_close(gradients(found, *inputs), gradients(expected, *inputs))


def test_gradients_of_offsets_and_mask_are_those_of_difference_quotients(mmcv_ops, parts):
    x, weight = parts
    offset = (random(2, 18, 7, 6, seed=4) * 0.3).requires_grad_()
    mask = random(2, 9, 7, 6, seed=5).sigmoid().requires_grad_()

    def convolve(offset, mask):
        return mmcv_ops.modulated_deform_conv2d(x, offset, mask, weight, None, 1, 1, 1, 2)

    assert torch.autograd.gradcheck(convolve, [offset, mask], fast_mode=True)


def test_attention_at_the_centre_of_a_cell_is_its_value_and_has_the_right_gradients(mmcv_ops):
    from mmcv.ops.multi_scale_deform_attn import MultiScaleDeformableAttnFunction

    height, width = 2, 3
    value = random(1, height * width, 1, 4).requires_grad_()
    shapes, start = torch.tensor([[height, width]]), torch.tensor([0])
    centre = torch.tensor([(1 + 0.5) / width, (0 + 0.5) / height], dtype=torch.float64)
    locations = centre.reshape(1, 1, 1, 1, 1, 2)
    weights = torch.ones(1, 1, 1, 1, 1, dtype=torch.float64)

    def attend(value, locations, weights):
        return MultiScaleDeformableAttnFunction.apply(value, shapes, start, locations, weights, 64)

    found = attend(value, locations, weights)
    torch.testing.assert_close(found[0, 0], value[0, 1, 0])
    between = (locations + 0.07).requires_grad_()
    assert torch.autograd.gradcheck(attend, [value, between, weights.requires_grad_()])

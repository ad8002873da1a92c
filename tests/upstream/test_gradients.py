import torch

from mmlesson.upstream.gradients import fill_gradients


def test_gradients_of_a_product_are_the_other_factor_times_the_outer_gradient():
    a, b, outer = torch.tensor([2.0, 3.0]), torch.tensor([5.0, 7.0]), torch.tensor([1.0, 10.0])
    grad_a, grad_b = torch.zeros(2), torch.zeros(2)
    with torch.no_grad():
        fill_gradients(torch.mul, [a, b], outer, [grad_a, grad_b])
    assert grad_a.tolist() == [5, 70]
    assert grad_b.tolist() == [2, 30]
    assert not a.requires_grad

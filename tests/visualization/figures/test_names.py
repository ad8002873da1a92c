from mmlesson.visualization.figures.animations import ANIMATIONS
from mmlesson.visualization.figures.catalogue import FIGURES
from mmlesson.visualization.figures.names import ANIMATION_NAMES, FIGURE_NAMES


def test_names_are_those_of_the_catalogue_in_its_order():
    assert tuple(FIGURES) == FIGURE_NAMES
    assert tuple(ANIMATIONS) == ANIMATION_NAMES

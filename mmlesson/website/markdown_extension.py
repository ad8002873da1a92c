"""Python-Markdown extension of the website: formulas as MathML, and captions under figures."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

from latex2mathml.converter import convert
from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor

DISPLAYED = r'\$\$(.+?)\$\$'
INLINE = r'(?<![\w$\\])\$(?=\S)([^$]+?)(?<=\S)\$(?![\w$])'
NAMESPACE = ' xmlns="http://www.w3.org/1998/Math/MathML"'  # which HTML needs not
SPACE = {'width': '0.17em'}  # that of \, in LaTeX


def to_mathml(formula: str, display: str = 'inline') -> str:
    """Return a formula of LaTeX as MathML, which browsers draw without scripts.

    Args:
        formula: The formula, without dollar signs.
        display: 'inline' or 'block'.

    Raises:
        ValueError: If a command of it is unknown.
    """
    text = re.sub(r'\\arg(?![A-Za-z])', r'\\operatorname{arg}', formula)  # it has no \arg
    mathml = convert(text, display=display).replace(NAMESPACE, '')
    if unknown := re.search(r'\\[A-Za-z]+', mathml):
        raise ValueError(f'{unknown[0]} in the formula {formula} has no MathML.')
    root = ElementTree.fromstring(mathml)
    _set_names(root, display == 'block')
    return ElementTree.tostring(root, encoding='unicode')


def _set_names(root: ElementTree.Element, is_block: bool) -> None:
    """Make names of functions identifiers, with the space and the limits that LaTeX gives them."""
    for element in list(root.iter()):
        if element.tag == 'mo' and _is_name(element):
            element.tag = 'mi'
        elif is_block and element.tag == 'msub' and element[0].text in ('min', 'max'):
            element.tag = 'munder'
        children = list(element)
        for first, second in reversed(list(pairwise(children))):
            is_open = second.text in ('(', '[') or second.tag == 'mspace'
            is_joined = _is_name(second) and first.tag in ('mi', 'mn', 'msup', 'msub')
            if element.tag == 'mrow' and ((_is_name(first) and not is_open) or is_joined):
                element.insert(children.index(second), ElementTree.Element('mspace', SPACE))


def _is_name(element: ElementTree.Element) -> bool:
    """Return whether an element is the name of a function, or has it as its base."""
    if element.tag in ('msub', 'munder', 'msup'):
        return _is_name(element[0])
    text = element.text or ''
    return element.tag in ('mi', 'mo') and len(text) > 1 and text.isascii() and text.isalpha()


class Formula(InlineProcessor):
    """Formula between dollar signs, which `display` draws inline or as a block."""

    def __init__(self, pattern: str, md: Markdown, display: str) -> None:
        super().__init__(pattern, md)
        self.display = display

    def handleMatch(self, m: re.Match[str], data: str) -> Any:  # noqa: N802 (the name is Markdown's)
        """Return a placeholder of the formula, and where it begins and ends."""
        return self.md.htmlStash.store(to_mathml(m[1], self.display)), m.start(0), m.end(0)


class Captions(Treeprocessor):
    """Shows the alternative texts of images as captions, where a paragraph has images only."""

    def run(self, root: ElementTree.Element) -> None:
        """Make figures of the images of each such paragraph."""
        for paragraph in list(root.iter('p')):
            images = list(paragraph)
            text = ''.join(paragraph.itertext())
            if images and all(image.tag == 'img' for image in images) and not text.strip():
                paragraph.tag = 'div'
                paragraph[:] = map(_figure, images)


def _figure(image: ElementTree.Element) -> ElementTree.Element:
    """Return an image with its caption, which is not read aloud, as the image's text is."""
    figure = ElementTree.Element('figure')
    figure.append(image)
    caption = ElementTree.SubElement(figure, 'figcaption', {'aria-hidden': 'true'})
    caption.text = image.get('alt')
    return figure


class WebsiteExtension(Extension):
    """Formulas and captions."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name is Markdown's)
        """Register them: formulas after code, before backslashes; captions after images."""
        md.inlinePatterns.register(Formula(DISPLAYED, md, 'block'), 'displayed_formula', 186)
        md.inlinePatterns.register(Formula(INLINE, md, 'inline'), 'inline_formula', 185)
        md.treeprocessors.register(Captions(md), 'captions', 5)

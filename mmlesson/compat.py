"""Compatibility of other OpenMMLab toolboxes with current torch, NumPy and mmcv-lite.

Import this module before a toolbox, in a config for example by::

    custom_imports = dict(imports=['mmlesson.compat', 'mmdet.models', 'mmdet.datasets'])

Nothing of a toolbox is copied or replaced in a file; the changes end with the process. mmpretrain
needs this module for its layers that are derived from mmdet only (`mmlesson.refusals`).

======================  =======================================================================
Module                  Upstream fault
======================  =======================================================================
`compiled_ops`          mmcv-lite has ``mmcv/ops`` but not the compiled module ``mmcv._ext``, so
                        that mmdet 3.3, mmsegmentation 1.2.2, mmpose 1.3.2 and mmocr 1.0.1 cannot
                        be imported. torchvision has the most important operators.
`numpy_names`           mmdet 3.3, mmaction2 1.2, mmocr 1.0.1, mmagic 1.2 and mmcv 2.2 use names
                        that NumPy 1.24 and 2.0 removed.
`package_paths`         mmengine 0.10.7 (utils/package_utils.py:18) imports ``pkg_resources``, which
                        setuptools >= 82 does not have; mmpose 1.3.2 needs it at import.
`missing_modules`       The wheel of mmaction2 1.2 lacks ``mmaction.models.localizers.drn``, which
                        its ``models`` package imports (mmaction2 issue 2714).
`version_bounds`        mmdet 3.3, mmsegmentation 1.2.2, mmaction2 1.2, mmocr 1.0.1 and mmagic 1.2
                        refuse mmcv 2.2 and later, and mmocr refuses mmdet 3.2 and later, without
                        need.
======================  =======================================================================
"""

from mmlesson.upstream import (
    compiled_ops,
    missing_modules,
    numpy_names,
    package_paths,
    version_bounds,
)

compiled_ops.install()
numpy_names.install()
package_paths.install()
missing_modules.install()
version_bounds.import_toolboxes()

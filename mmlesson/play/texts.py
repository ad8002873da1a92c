"""Words of the page in English and Chinese."""

from __future__ import annotations

from mmlesson.play.mistakes import MISTAKES

LANGUAGES = ('en', 'zh')

_TEXTS: dict[str, tuple[str, str]] = {
    'title': ('Neural network playground', '神经网络游乐场'),
    'intro': (
        'Each network here is trained by the same code as `mmlesson train`.',
        '这里的每个网络都由与 `mmlesson train` 相同的代码训练。',
    ),
    'other': ('[中文](/zh/)', '[English](/en/)'),
    'plane_tab': ('Points in the plane', '平面上的点'),
    'perceptron_tab': ('Perceptron', '感知机'),
    'images_tab': ('Images', '图像'),
    'scenes_tab': ('Boxes and masks', '检测与分割'),
    'data': ('Data', '数据'),
    'network': ('Network', '网络'),
    'training_group': ('Training', '训练'),
    'dataset': ('Dataset', '数据集'),
    'noise': ('Noise', '噪声'),
    'num_samples': ('Points in all splits', '样本总数'),
    'train_percent': ('Percent for training', '训练集百分比'),
    'val_percent': ('Percent for validation', '验证集百分比'),
    'hidden_sizes': ('Hidden layers: widths', '隐藏层：各层宽度'),
    'hidden_info': (
        'Such as 4, 2 for two layers; empty for a linear classifier.',
        '例如 4, 2 表示两层；留空表示线性分类器。',
    ),
    'activation': ('Activation', '激活函数'),
    'loss_function': ('Loss', '损失函数'),
    'dropout': ('Dropout', '暂退法（dropout）概率'),
    'optimizer': ('Optimizer', '优化器'),
    'lr': ('Learning rate', '学习率'),
    'weight_decay': ('L2 penalty (weight decay)', 'L2 惩罚（权重衰减）'),
    'batch_size': ('Batch size', '批量大小'),
    'max_epochs': ('Epochs at most', '最大轮数'),
    'patience': ('Early stopping: patience (0: off)', '早停：耐心值（0 为关闭）'),
    'seed': ('Seed', '随机种子'),
    'train': ('Train', '训练'),
    'pause': ('Pause', '暂停'),
    'step': ('Step', '单步'),
    'reset': ('Reset', '重置'),
    'speed': ('Speed', '速度'),
    'slow': ('2 epochs/s', '每秒 2 轮'),
    'normal': ('10 epochs/s', '每秒 10 轮'),
    'fast': ('fastest', '最快'),
    'shown': ('Points shown', '显示的点'),
    'running': ('training', '训练中'),
    'paused': ('paused', '已暂停'),
    'finished': ('finished', '已结束'),
    'failed': ('failed', '失败'),
    'epoch': ('epoch {}', '第 {} 轮'),
    'loss': ('loss', '损失'),
    'accuracy': ('accuracy', '准确率'),
    'training': ('training', '训练'),
    'validation': ('validation', '验证'),
    'test': ('test', '测试'),
    'weights': ('SHA-256 of the weights', '权重的 SHA-256'),
    'regions': ('decision regions', '决策区域'),
    'loss_curve': ('loss curve', '损失曲线'),
    'hidden_layer': ('Hidden layer', '隐藏层'),
    'stop_patience': (
        'Stopped early: the validation loss has not fallen for as many epochs as the patience.',
        '早停：验证损失连续多轮没有下降，轮数已达到耐心值。',
    ),
    'stop_non_finite': (
        'Stopped: the loss is no finite number. Try a lower learning rate.',
        '已停止：损失不是有限的数。请试试更小的学习率。',
    ),
    'stop_converged': (
        'Converged: an epoch without a mistake.',
        '已收敛：整整一轮没有出错。',
    ),
    'stop_inseparable': (
        'Stopped: no line separates these points.',
        '已停止：没有直线能将这些点分开。',
    ),
    'stop_ended': ('The training process has ended.', '训练进程已终止。'),
    'surface': ('Loss surface and the path of the weights', '损失曲面与权重的路径'),
    'surface_key': (
        "Training loss in the plane with {} % of the path's variance, dark where it is low. Ring: "
        'the first weights; dot: the present ones.',
        '训练损失所在的平面包含路径 {} % 的方差，颜色越深损失越低。'
        '圆圈：最初的权重；圆点：当前的权重。',
    ),
    'neuron_key': (
        'Each square: output of a neuron over the plane, orange below zero, blue above.',
        '每个小方块：一个神经元在平面上的输出，橙色为负，蓝色为正。',
    ),
    'neuron': ('neuron', '神经元'),
    'own': ('Your own points', '自己的数据点'),
    'own_choice': ('your own points', '自己的数据点'),
    'own_info': (
        'Click into the square, write a line x,y,class for each point, or upload a CSV file.',
        '在方框中点击，或每行写一个点（x,y,类别），或上传 CSV 文件。',
    ),
    'class': ('Class of the next point', '下一个点的类别'),
    'points': ('Points: x,y,class', '数据点：x,y,类别'),
    'upload': ('Upload a CSV file', '上传 CSV 文件'),
    'clear': ('Remove all points', '清除所有点'),
    'config': ('The config of this page', '本页的配置'),
    'config_info': (
        'Save it as `play.py` and run `mmlesson train play.py`: the weights are the same.',
        '保存为 `play.py` 并运行 `mmlesson train play.py`：得到的权重完全相同。',
    ),
    'download': ('Download the config', '下载配置'),
    'link': ('Link of the TensorFlow Playground', 'TensorFlow Playground 链接'),
    'use_link': ('Use the link', '使用链接'),
    'ignored': (
        'The link has settings that this page does not: {}',
        '链接中有本页没有的设置：{}',
    ),
    'perceptron_intro': (
        'The perceptron changes its line at each point on the wrong side of it. On points that a '
        'line separates, Novikoff bounds the number of mistakes by (R/γ)²: R is the largest norm '
        'of a point, γ the margin.',
        '感知机每遇到一个分错的点就修正一次直线。对线性可分的点，Novikoff 定理保证错误次数不超过 '
        '(R/γ)²：R 是点的最大范数，γ 是间隔。',
    ),
    'margin': ('Margin', '间隔'),
    'distance': ('Distance from the origin', '与原点的距离'),
    'start': ('Train the perceptron', '训练感知机'),
    'mistake': ('Mistake', '错误'),
    'mistake_of': ('Mistake {} of {}', '第 {} 次错误，共 {} 次'),
    'back': ('Previous mistake', '上一个错误'),
    'next': ('Next mistake', '下一个错误'),
    'mistakes': ('mistakes', '次错误'),
    'bound': ('bound', '上界'),
    'no_line': ('No line separates these points.', '没有直线能将这些点分开。'),
    'line': ('line of the perceptron', '感知机的直线'),
    'moved': (
        'The ringed point was on the wrong side and moved the dashed line to the solid one.',
        '被圈出的点位于错误的一侧，使虚线移到实线的位置。',
    ),
    'no_run': (
        'Start the page with a run of images: `mmlesson train cnn/cnn_digits`, then '
        '`mmlesson play --run work_dirs/cnn_digits`.',
        '请用一次图像训练的结果启动本页：先运行 `mmlesson train cnn/cnn_digits`，再运行 '
        '`mmlesson play --run work_dirs/cnn_digits`。',
    ),
    'no_scene_run': (
        'Start the page with a run of detection, segmentation, keypoints or localisation: '
        '`mmlesson train vision/detect_digits`, then '
        '`mmlesson play --run work_dirs/detect_digits`.',
        '请用一次检测、分割、关键点或定位训练的结果启动本页：先运行 '
        '`mmlesson train vision/detect_digits`，再运行 '
        '`mmlesson play --run work_dirs/detect_digits`。',
    ),
    'canvas': ('Test canvas', '测试图像'),
    'draw_scene': ('Or draw some digits', '或手写几个数字'),
    'find': ('Find', '查找'),
    'found': ('Found', '找到'),
    'nothing': ('Nothing.', '没有找到。'),
    'heat_maps': ('Heat maps', '热图'),
    'heat_key': (
        'How likely each place is, from 0 to 1, after the image.',
        '图像之后的每幅图：每个位置的可能性，从 0 到 1。',
    ),
    'scene_known': (
        'The canvas; the truth; and what the network finds, in red where it is wrong.',
        '依次为：图像；真实标注；网络的结果，错误的部分为红色。',
    ),
    'scene_unknown': (
        'The picture as the network gets it, and what it finds.',
        '依次为：网络得到的图像；网络的结果。',
    ),
    'draw': ('Draw', '手写'),
    'erase': ('Erase', '清除'),
    'drop': ('Or drop a picture', '或拖入一张图片'),
    'classify': ('Classify', '分类'),
    'seen': ('As the network sees it', '网络看到的图像'),
    'saliency': ('Pixels that matter (gradient)', '重要的像素（梯度）'),
    'maps': ('Feature maps', '特征图'),
    'nearest': ('Nearest training images', '最相近的训练图像'),
    'probabilities': ('Probabilities', '概率'),
}


def texts(language: str) -> dict[str, str]:
    """Return the words of a language, 'en' or 'zh', by name."""
    at = LANGUAGES.index(language)
    mistakes = {f'mistake_{kind}': both for kind, both in MISTAKES.items()}
    return {name: both[at] for name, both in {**_TEXTS, **mistakes}.items()}


def language_of(accepted: str) -> str:
    """Return the language for a browser's header ``Accept-Language``: 'zh' if it comes first."""
    first = next((word.strip().lower() for word in accepted.split(',') if word.strip()), '')
    return 'zh' if first.startswith('zh') else 'en'

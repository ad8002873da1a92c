"""Words of the report in English and Chinese."""

from __future__ import annotations

from mmlesson.errors import check_choice
from mmlesson.visualization.figures.captions import LANGUAGES

TEXTS: dict[str, tuple[str, str]] = {
    'lang': ('en', 'zh-CN'),
    'colors': ('Colours: {}', '配色：{}'),
    'auto': ('as the system', '跟随系统'),
    'light': ('light', '浅色'),
    'dark': ('dark', '深色'),
    'text_unknown': (
        'The text of the lesson is unknown: its config has none, or no longer exists.',
        '找不到本课的说明：配置文件中没有，或文件已不存在。',
    ),
    'chapter': ('From chapter {}', '出自课程中的一章：{}'),
    'english_only': ('', '本课的说明只有英文：'),
    'claims': ('Claim', '本课要验证的结论'),
    'no_claims': ('The config makes no claim (expect).', '配置中没有写明要验证的结论（expect）。'),
    'held': ('held', '成立'),
    'not_held': ('did not hold', '不成立'),
    'not_checked': ('not checked', '未检验'),
    'with_details': ('{} ({})', '{}（{}）'),
    'this_seed': ('for this seed', '就本次的种子而言'),
    'observed': ('observed: {}', '实测：{}'),
    'to_compare': ('train {} to compare', '训练 {} 之后即可比较'),
    'not_ended': ('the run has not ended', '训练尚未结束'),
    'completed': ('It trained to its last epoch.', '训练已完成全部轮次。'),
    'early_stopped': ('It stopped early.', '训练提前停止。'),
    'interrupted': ('It was interrupted.', '训练被中断。'),
    'failed': ('It failed.', '训练失败。'),
    'unfinished': (
        'It has not ended, or it was killed: this is the state of its last checkpoint.',
        '训练尚未结束或被强制终止：这里是最后一个检查点的状态。',
    ),
    'results': ('Results', '结果'),
    'epochs': ('epochs', '轮数'),
    'iterations': ('iterations', '迭代次数'),
    'training': ('training', '训练用时'),
    'seconds': ('{:.1f} s', '{:.1f} 秒'),
    'device': ('device', '设备'),
    'unknown': ('unknown', '未知'),
    'seed': ('seed', '随机种子'),
    'best': ('best', '最佳'),
    'best_at': ('{} {:.4g} at epoch {}', '第 {2} 轮，{0} {1:.4g}'),
    'checkpoint': ('checkpoint', '检查点'),
    'last': ('{} (last)', '{}（最后一个）'),
    'none': ('none', '无'),
    'at_epoch': ('{} (epoch {})', '{}（第 {} 轮）'),
    'at_iteration': ('{} (iteration {})', '{}（第 {} 次迭代）'),
    'at_update': ('{} (pocket, update {})', '{}（口袋权重，第 {} 次更新）'),
    'no_file': (
        'none: the weights that the run ended with are in no file',
        '无：训练结束时的权重没有存入文件',
    ),
    'sha256': ('SHA-256 of the weights', '权重的 SHA-256'),
    'verdict': ('Verdict', '诊断'),
    'with_evidence': ('{}: {}', '{}：{}'),
    'no_verdict': (
        'None: a verdict needs the cross-entropy of a classifier over three epochs or more, of a '
        'run that has ended.',
        '无：只有已结束、至少三个轮次、以交叉熵为损失的分类训练才能诊断。',
    ),
    'try_next': ('What to try', '接下来可以尝试'),
    'by_class': ('Test results by class (percent)', '各类别的测试结果（百分比）'),
    'class': ('class', '类别'),
    'precision': ('precision', '精确率'),
    'recall': ('recall', '召回率'),
    'f1-score': ('F1', 'F1 分数'),
    'curves': ('Learning curves', '学习曲线'),
    'animations': ('Animations', '动画'),
    'animation': ('{}', '动画：{}'),
    'no_films': (
        'None. They are recorded during training: see films of VisualizationHook.',
        '无。动画在训练时录制，见 VisualizationHook 的参数 films。',
    ),
    'figures': ('Figures', '图'),
    'no_figures': (
        'None. Draw them with tools/visualization/visualize_run.py.',
        '无。可用 tools/visualization/visualize_run.py 绘制。',
    ),
    'layers': ('Layers', '网络各层'),
    'layer': ('layer', '层'),
    'output': ('output shape', '输出形状'),
    'parameters': ('parameters', '参数个数'),
    'total': ('total', '合计'),
    'no_layers': ('They cannot be shown: {}', '无法列出：{}'),
    'no_shape': (
        'no checkpoint has the shape of its samples.',
        '检查点中没有样本的形状。',
    ),
    'changes': (
        'Config: what this run changes in its base files',
        '配置：本次训练对基础配置的修改',
    ),
    'key': ('key', '键'),
    'in_bases': ('in the base files', '基础配置中'),
    'in_run': ('in this run', '本次训练'),
    'not_set': ('(not set)', '（未设置）'),
    'no_changes': ('Nothing.', '没有修改。'),
    'no_bases': ('The base files are unknown.', '找不到基础配置。'),
    'bases_gone': (
        'The base files are unknown: {} no longer exists.',
        '找不到基础配置：{} 已不存在。',
    ),
    'bases_unread': ('The base files cannot be read: {}', '无法读取基础配置：{}'),
    'config': ('Complete config', '完整配置'),
    'data': ('Data', '数据'),
    'split': ('split', '数据集划分'),
    'samples': ('samples', '样本数'),
    'indices': ('SHA-256 of its indices', '样本索引的 SHA-256'),
    'train': ('train', '训练集'),
    'val': ('val', '验证集'),
    'test': ('test', '测试集'),
    'environment': ('Environment', '环境'),
    'no_environment': ('Unknown.', '未知。'),
    'command': ('command', '命令'),
    'git': ('git', 'Git 提交'),
    'machine': ('machine', '机器'),
    'gpu': ('gpu', 'GPU'),
    'python': ('python', 'Python'),
}
"""Words by name, in each of `LANGUAGES`; braces are filled in."""


def texts(language: str) -> dict[str, str]:
    """Return the words of a language by name.

    Args:
        language: One of `LANGUAGES`.
    """
    check_choice('report', 'language', language, LANGUAGES)
    at = LANGUAGES.index(language)
    return {name: words[at] for name, words in TEXTS.items()}

"""Captions of the figures: how to read each, in English and Chinese."""

from __future__ import annotations

from mmlesson.errors import check_choice

LANGUAGES = ('en', 'zh')

CAPTIONS: dict[str, tuple[str, str]] = {
    'learning_curves': (
        'Loss and accuracy over training: a validation loss that rises while the training loss '
        'falls is overfitting. The training values are means over an epoch in which the weights '
        'still improve, with dropout if there is any, so they may be worse than the validation '
        'values.',
        '训练过程中的损失和准确率：训练损失仍在下降而验证损失回升，就是过拟合。训练值是一个轮次内的'
        '平均（权重仍在改进，若有暂退法也已启用），因此可能比验证值差。',
    ),
    'decision_regions': (
        'The colour of a place is the class that the model predicts there; the paler, the less '
        'certain it is. Outlined points are misclassified.',
        '每一处的颜色是模型在那里预测的类别，颜色越浅越不确定；带黑边的点被错误分类。',
    ),
    'neurons': (
        'Each panel is one hidden neuron: the colour shows its activation at every point of the '
        'input plane. A neuron of the first layer changes in one direction only; the next layer '
        'combines such neurons.',
        '每一格是一个隐藏神经元：颜色表示它在输入平面各点的激活值。第一层的每个神经元只沿一个方向'
        '变化，由下一层把它们组合起来。',
    ),
    'hidden_space': (
        'Training samples as the last hidden layer represents them, in two dimensions: the output '
        'layer can only draw straight boundaries here, so classes should form separate groups.',
        '训练样本在最后一个隐藏层中的表示（二维）：输出层在这里只能画直线边界，所以各类应当彼此'
        '分开。',
    ),
    'confusion_matrix': (
        'One row per true class, one column per predicted class: the diagonal counts correct '
        'predictions, every other cell a kind of mistake.',
        '每行是一个真实类别，每列是一个预测类别：对角线是正确的预测，其余每一格是一种错误。',
    ),
    'reliability': (
        'Predictions grouped by their confidence: a bar below the diagonal means that the model is '
        'more confident than it is right. The lower part counts the predictions in each group.',
        '把预测按置信度分组：柱子低于对角线，说明模型的信心高于它的正确率。下方是每组的预测个数。',
    ),
    'class_bars': (
        'Recall (bar): how many samples of a class are found. Precision (diamond): how many of '
        'those predicted as the class belong to it.',
        '召回率（柱）：某类样本中有多少被找到；精确率（菱形）：预测为该类的样本中有多少确实属于它。',
    ),
    'mistakes': (
        'Misclassified images, the most confident mistake first: true class, predicted class and '
        'the probability that the model gave it.',
        '被错误分类的图像，模型最有把握的错误排在最前：真实类别、预测类别及其概率。',
    ),
    'successes': (
        'Correctly classified images, the least certain first: the hardest cases that the model '
        'still gets right.',
        '被正确分类的图像，最没有把握的排在最前：模型仍能答对的最难样本。',
    ),
    'weights': (
        'Weights as images: a red pixel adds to the output when it is bright, a blue one subtracts '
        'from it, a white one has no influence.',
        '以图像显示的权重：像素越亮，红色处使输出增大，蓝色处使输出减小，白色处没有影响。',
    ),
    'feature_maps': (
        'What each layer computes from one image, from top to bottom: early layers respond to '
        'edges, later ones to larger patterns at lower resolution. Red is above zero and blue '
        'below; where nothing is below zero, yellow is high and dark blue zero.',
        '同一幅图像在各层的特征图，自上而下：前面的层对边缘有响应，后面的层以更低的分辨率对更大的'
        '图案有响应。红色为正，蓝色为负；没有负值的层中，黄色表示值大，深蓝色表示零。',
    ),
    'saliency': (
        'Where the prediction comes from: changing a bright pixel changes the score of the '
        'predicted class most.',
        '预测的依据：改变亮处的像素，对预测类别得分的影响最大。',
    ),
    'predictions': (
        'What the model finds in images, the worst ones first: wrong boxes, and keypoints with a '
        'red edge, are in red; dashed lines, outlines and crosses are the truth.',
        '模型在图像中找到的目标，最差的排在最前：红色的框和红边的关键点是错误的；虚线、轮廓线和叉号'
        '是真实值。',
    ),
    'heat_maps': (
        'How likely each place of one image is to be a point, a centre or a pixel of a class: a '
        'trained model has a sharp peak where there is one, and is dark elsewhere.',
        '同一幅图像中每个位置属于某个关键点、某类目标的中心或某类像素的可能性：训练好的模型只在目标处'
        '有尖锐的峰，其余各处是暗的。',
    ),
    'precision_recall': (
        'Precision (how many detections are right) against recall (how many objects are found), as '
        'less certain detections are added: the area below a curve is the average precision.',
        '随着加入置信度更低的检测，精确率（检测中正确的比例）与召回率（找到的目标的比例）的关系：'
        '曲线下的面积就是平均精度。',
    ),
    'iou_histogram': (
        'How well predictions cover the objects: 1 is an exact box or mask, 0 an object that was '
        'not found. Bars in red are too far off to count as right.',
        '预测与目标的重合程度：1 表示框或掩码完全一致，0 表示目标没有被找到。红色的柱偏差过大，不算'
        '正确。',
    ),
    'gradient_norms': (
        'Size of the gradient of each layer: lines that fall towards zero in the first layers are '
        'vanishing gradients, lines that rise steeply exploding ones.',
        '各层梯度的大小：前面几层趋近于零是梯度消失，急剧上升是梯度爆炸。',
    ),
    'weight_norms': (
        'Size of the weights of each layer: it grows with training, and weight decay holds it '
        'back.',
        '各层权重的大小：随训练增大，权重衰减会抑制它。',
    ),
    'dead_units': (
        'Share of units that give the same output for every sample: they have stopped learning.',
        '对所有样本输出都相同的单元所占的比例：这些单元已停止学习。',
    ),
    'perceptron_lines': (
        'The line of the perceptron after each update, from light to dark: each mistake turns it '
        'towards the misclassified sample.',
        '感知机每次更新后的直线，由浅到深：每犯一次错误，直线就转向被错误分类的样本。',
    ),
    'perceptron_mistakes': (
        'Mistakes per epoch, and their sum: on separable data the sum never exceeds the bound of '
        'Novikoff, (R / g)², with R the radius of the data and g the margin.',
        '每轮的错误次数及其总和：在线性可分的数据上，总和不会超过 Novikoff 上界 (R / g)²，其中 R 是'
        '数据的半径，g 是间隔。',
    ),
    'loss_surface': (
        'Height map of the loss over two directions of the weights: dark is low, and the path '
        'shows how the optimizer moved into the valley.',
        '损失在权重的两个方向上的等高图：颜色越深损失越低，路径显示优化器如何走进谷底。',
    ),
    'hidden_space_tsne': (
        'The last hidden layer by t-SNE: neighbours in the picture are neighbours in the layer; '
        'large distances have no meaning.',
        '最后一个隐藏层的 t-SNE 图：图中相邻的样本在该层中也相邻，远距离没有意义。',
    ),
    'network': (
        'The network with one normalised sample passing through it: the colour of a circle '
        'is the activation of its unit, the colour and width of a line are its weight.',
        '一个（归一化后的）样本通过网络：圆的颜色是该单元的激活值，线的颜色和粗细是权重。',
    ),
    'activations': (
        'Activation functions (left) and their derivatives (right), by which backpropagation '
        'multiplies the error: where a derivative is near zero, a neuron hardly learns.',
        '激活函数（左）及其导数（右）。反向传播时误差要乘以导数：导数接近零的地方，神经元几乎学不动。',
    ),
    'losses': (
        'Losses of a sample over its margin m, and below them how many training samples have which '
        'margin: a loss moves the weights only where its curve is not flat.',
        '单个样本的损失与间隔 m 的关系，下方是训练样本的间隔分布：只有在曲线不平的地方，损失才会'
        '推动权重。',
    ),
    'probabilities': (
        'The probability of each class over the input plane if there is one, and of the samples of '
        'each class that the model is least certain of: the parts of each bar sum to 100 %.',
        '各类别的概率在输入平面上的分布（输入为二维时），以及每类中模型最没有把握的样本的概率：'
        '每根柱子的各部分之和为 100 %。',
    ),
    'convolution': (
        'Steps of a convolution: a window of the image, multiplied by the kernel entry by entry '
        'and summed, gives one pixel of the output; then the window moves on.',
        '卷积的几个步骤：图像的一个窗口与卷积核逐元素相乘再求和，得到输出的一个像素；然后窗口移到'
        '下一个位置。',
    ),
    'perceptron_updates': (
        'Updates of the perceptron: the circled sample is misclassified by the dashed line, and '
        'moves it to the solid one. Colours show the sides after the update.',
        '感知机的几次更新：虚线把带圈的样本分错了，于是直线移到实线的位置。底色表示更新之后的两侧。',
    ),
    'loss_paths': (
        'The paths of several optimizers from the same start on one loss surface: dark is low, and '
        'a circle is the end of a path.',
        '几种优化器从同一起点出发，在同一个损失曲面上走过的路径：颜色越深损失越低，圆点是路径的终点。',
    ),
}
"""One caption in each of `LANGUAGES` by the name of a figure's file."""


def caption_of(file: str, language: str = 'en') -> str:
    """Return the caption of a figure; '' for a file that is no figure of a run.

    Args:
        file: Name of its file without ending; 'neurons_2' has the caption of 'neurons'.
        language: One of `LANGUAGES`.
    """
    check_choice('caption_of', 'language', language, LANGUAGES)
    stem, _, number = file.rpartition('_')
    name = stem if number.isdigit() else file
    return CAPTIONS.get(name, ('', ''))[LANGUAGES.index(language)]

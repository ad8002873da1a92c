"""What no line can do, as a marimo notebook: ``marimo edit notebooks/xor_marimo.py``."""

import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    import numpy as np

    import mmlesson

    return mmlesson, mo, np


@app.cell
def _(mo):
    mo.md("""
    # What no line can do

    A linear model cannot separate XOR; one hidden layer can.
    线性模型无法分开异或数据，加一个隐藏层就可以。
    """)
    return


@app.cell
def _(mmlesson):
    quick = {'default_hooks.visualization': None}  # figures are drawn below
    linear = mmlesson.train('mlp/linear_xor', seed=1, options=quick)
    mlp = mmlesson.train('mlp/mlp_xor', seed=1, options=quick)
    return linear, mlp


@app.cell
def _(linear, mlp, mo):
    mo.vstack(
        [
            mo.md('The test accuracy of both, in percent. 两个模型在测试集上的准确率（百分比）。'),
            linear.summary['test'],
            mlp.summary['test'],
        ]
    )
    return


@app.cell
def _(mlp):
    mlp.curves.tail(4)
    return


@app.cell
def _(linear):
    linear.figure('decision_regions')
    return


@app.cell
def _(mlp):
    mlp.figure('decision_regions')
    return


@app.cell
def _(mlp, mo, np):
    predictions = mlp.predict(np.array([[1.0, 1.0], [-1.0, 1.0]]))
    mo.vstack(
        [mo.md('Apply the model to points of your own. 把模型应用到自己的数据点上。'), predictions]
    )
    return (predictions,)


if __name__ == '__main__':
    app.run()

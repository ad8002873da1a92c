"""The page around a film: a slider, a button, keys; no request leaves it."""

from __future__ import annotations

from string import Template

PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
      content="default-src 'none'; img-src data:;
               style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>$title</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 16px/1.4 system-ui, sans-serif; max-width: 48rem; margin: 1rem auto;
         padding: 0 1rem; }
  h1 { font-size: 1.2rem; }
  img { display: block; width: 100%; height: auto; background: white; }
  .controls { display: flex; gap: .75rem; align-items: center; margin: .5rem 0; }
  p { margin: .5rem 0; }
  input { flex: 1; min-width: 0; }
  button { font: inherit; min-width: 5rem; padding: .3rem .6rem; }
</style>
</head>
<body>
<h1>$title</h1>
<div class="controls">
  <button id="play" type="button">Play</button>
  <input id="slider" type="range" min="0" max="$last" value="0" aria-label="frame">
</div>
<p id="caption" aria-live="polite"></p>
<img id="frame" alt="">
<script>
'use strict';
const frames = $frames;
const captions = $captions;
const byId = (id) => document.getElementById(id);
let timer = null;

function show(number) {
  byId('slider').value = number;
  byId('frame').src = 'data:image/png;base64,' + frames[number];
  byId('frame').alt = captions[number];
  const place = ' (' + (number + 1) + ' of ' + frames.length + ')';
  byId('caption').textContent = captions[number] + place;
}

function stop() {
  clearInterval(timer);
  timer = null;
  byId('play').textContent = 'Play';
}

function step() {
  const number = Number(byId('slider').value);
  if (number + 1 < frames.length) { show(number + 1); } else { stop(); }
}

function toggle() {
  if (timer !== null) { stop(); return; }
  if (Number(byId('slider').value) === frames.length - 1) { show(0); }
  timer = setInterval(step, $milliseconds);
  byId('play').textContent = 'Pause';
}

byId('play').addEventListener('click', toggle);
byId('slider').addEventListener('input', (event) => { stop(); show(Number(event.target.value)); });
show(0);
</script>
</body>
</html>
""")

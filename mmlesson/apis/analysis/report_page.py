"""The page of a report: one file, no request, light and dark, from a phone's width up."""

from __future__ import annotations

from string import Template

PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
      content="default-src 'none'; img-src data:; frame-src 'self';
               style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>$title</title>
<style>
  :root { color-scheme: light dark; --line: light-dark(#ddd, #444);
          --soft: light-dark(#666, #aaa); }
  * { box-sizing: border-box; }
  body { font: 16px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; max-width: 72rem;
         margin: 0 auto; padding: 1rem; }
  h1 { font-size: 1.6rem; margin: .5rem 0; }
  h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line); }
  .lead { color: var(--soft); overflow-wrap: anywhere; }
  .grid { display: grid; gap: 1rem; align-items: start;
          grid-template-columns: repeat(auto-fill, minmax(min(30rem, 100%), 1fr)); }
  figure { margin: 0; background: white; border: 1px solid var(--line); border-radius: .4rem;
           padding: .5rem; }
  img { display: block; max-width: 100%; height: auto; margin: auto; }
  iframe { width: 100%; height: 40rem; border: 1px solid var(--line); border-radius: .4rem; }
  .wide { overflow-x: auto; }
  table { border-collapse: collapse; font-size: .9rem; }
  th, td { text-align: left; padding: .25rem .75rem .25rem 0; vertical-align: top;
           border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
  th { overflow-wrap: normal; }
  td:first-child { white-space: nowrap; overflow-wrap: break-word; }
  pre { overflow-x: auto; font-size: .85rem; }
  @media (max-width: 40rem) {
    td { min-width: 6.5rem; } /* a value has room for words, whatever its key is */
    td:first-child { white-space: normal; overflow-wrap: anywhere; }
    iframe { height: 30rem; }
  }
  @media print { iframe { display: none; } }
</style>
</head>
<body>
<h1>$title</h1>
<p class="lead">$lead</p>
<h2>Results</h2>
$results
<h2>Verdict</h2>
$verdict
<h2>Learning curves</h2>
<div class="grid">$curves</div>
<h2>Films</h2>
<div class="grid">$films</div>
<h2>Pictures</h2>
<div class="grid">$pictures</div>
<h2>Config: what this run changes in its base files</h2>
$changes
<details><summary>The whole config</summary><pre>$config</pre></details>
<h2>Data</h2>
$splits
<h2>Environment</h2>
$environment
</body>
</html>
""")

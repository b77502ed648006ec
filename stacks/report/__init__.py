"""Reports of a preview: text, JSON, Markdown, HTML, SARIF and JUnit, each a function over the same assessments."""

// The only script of the page: the values of a time chart at the pointer, and by the arrow keys. It reads them from the
// table of the chart. Without it, the table is there to be read.

for (const figure of document.querySelectorAll('figure')) {
  const reader = figure.querySelector('.reader');
  if (reader === null) continue;
  const [plot, chart, cross, reading] = ['.plot', '.chart', '.cross', '.reading'].map((one) =>
    figure.querySelector(one),
  );
  const names = [...figure.querySelectorAll('.bins thead th')].map((cell) => cell.textContent);
  const bin = Number(chart.dataset.bin);
  // The table may begin earlier.
  const rows = [...figure.querySelectorAll('.bins tbody tr')].slice(chart.dataset.first);

  const show = () => {
    const index = Number(reader.value);
    const [time, ...values] = [...rows[index].cells].map((cell) => cell.textContent);
    const seen = values.flatMap((value, at) => (value === '0' || value === '–' ? [] : [`${names[at + 1]} ${value}`]));
    reading.textContent = `${time}: ${seen.join(', ') || 'nothing'}`;
    reader.setAttribute('aria-valuetext', reading.textContent);
    cross.setAttribute('x', `${index * bin * 100}%`);
  };
  const showAtPointer = (event) => {
    const { left, width } = chart.getBoundingClientRect();
    reader.value = Math.floor((event.clientX - left) / width / bin);
    show();
  };
  reader.hidden = false;
  reading.hidden = false;
  reader.addEventListener('input', show);
  reader.addEventListener('focus', show);
  plot.addEventListener('pointermove', showAtPointer);
  plot.addEventListener('pointerdown', (event) => {
    showAtPointer(event);
    reader.focus({ preventScroll: true });
    event.preventDefault();
  });
}

// A link to a section opens it.
for (const link of document.querySelectorAll('a[href^="#"]')) {
  link.addEventListener('click', () => {
    const section = document.getElementById(link.hash.slice(1))?.closest('details');
    if (section) section.open = true;
  });
}

/* Before the first paint: the theme and language this workstation chose, so that a night room never flashes white. A
   page for everybody follows the device instead. */
(function () {
  var kept = {};
  try {
    kept = JSON.parse(localStorage.getItem('kentongan.workstation') || '{}');
  } catch (_error) {
    kept = {};
  }
  var theme = new URLSearchParams(location.search).get('theme') || kept.theme;
  if (!theme && document.documentElement.hasAttribute('data-follows')) {
    theme = matchMedia('(prefers-color-scheme: light)').matches ? 'terang' : 'gelap';
  }
  if (theme === 'terang' || theme === 'gelap') document.documentElement.dataset.theme = theme;
  if (kept.language === 'en' || kept.language === 'id') document.documentElement.lang = kept.language;
})();

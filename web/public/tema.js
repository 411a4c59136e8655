/* Before the first paint: the theme and language this workstation chose, so that a night room never flashes white. */
(function () {
  var kept = {};
  try {
    kept = JSON.parse(localStorage.getItem('kentongan.workstation') || '{}');
  } catch (_error) {
    kept = {};
  }
  var theme = new URLSearchParams(location.search).get('theme') || kept.theme;
  if (theme === 'terang' || theme === 'gelap') document.documentElement.dataset.theme = theme;
  if (kept.language === 'en' || kept.language === 'id') document.documentElement.lang = kept.language;
})();

/* The wish to search: F3, `/` and `C …` on the command line open the same overlay. */
class Search {
  is_open = $state(false);
  text = $state('');

  open(text = ''): void {
    this.text = text;
    this.is_open = true;
  }
}

export const search = new Search();

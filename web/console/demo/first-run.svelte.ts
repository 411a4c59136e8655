/* Whether this browser still wants the first-run hints: until one call went the whole way, or the person closed them. */
const STORE = 'kentongan.first_run';

class FirstRun {
  is_wanted = $state(localStorage.getItem(STORE) !== 'over');

  /** Gone for good, from the next page on. */
  over(): void {
    localStorage.setItem(STORE, 'over');
  }

  close(): void {
    this.over();
    this.is_wanted = false;
  }
}

export const first_run = new FirstRun();

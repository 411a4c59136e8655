/* Whether the help overlay is open, and what it was asked about. */
class Help {
  is_open = $state(false);
  about = $state('');

  open_about(about: string): void {
    this.about = about.trim();
    this.is_open = true;
  }
}

export const help = new Help();

/* The text of the command line, and the wish to have it: `T` on Armada opens it with "T ". */
class CommandLine {
  text = $state('');
  asked = $state(0);
  /** What can be done next, told at the foot while nothing else is; a screen says so. */
  next = $state('');
  /** Ctrl+Z, once what understands commands has come. */
  declare undo?: () => unknown;

  open(text = ''): void {
    if (text !== '') this.text = text;
    this.asked += 1;
  }
}

export const command_line = new CommandLine();

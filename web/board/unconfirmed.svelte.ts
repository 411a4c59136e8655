/* How many orders are on their way longer than an answer takes: the console's, which says so until they are known. */
class Unconfirmed {
  count = $state(0);
}

export const unconfirmed = new Unconfirmed();

/** What is said where the server does not answer: of figures below only where there are some. */
export const awayWords = (told: { readonly preparing: boolean; readonly part: unknown } | null): 'away' | 'away_first' => (told === null || told.preparing || told.part === null ? 'away_first' : 'away');

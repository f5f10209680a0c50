/** Two names are one when they differ in case alone, or in how Unicode writes the same letters (RFC 7643, 4.1.1). */
export const nameKeyOf = (name: string): string => name.normalize('NFC').toLowerCase();

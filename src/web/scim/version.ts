/** RFC 7644, 3.14: a resource's version as an entity tag. Weak: the bytes that show it may differ. */
export const tagOf = ({ version }: { readonly version: number }): string => `W/"${version}"`;

/** Whether one of the tags in `If-Match` or `If-None-Match` is this one's, strong or weak. */
export function names(header: string, resource: { readonly version: number }): boolean {
  const tags = header.split(',').map((each) => each.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(`"${resource.version}"`);
}

/** A site of files, as any server can send them. */
export default { output: 'export' };

export { installRuntimes as setup } from './installed.js';

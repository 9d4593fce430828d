// Compiles Flux as InfluxDB's own editor does: syntax, names and types, with nothing run.
//   node check.js DIRECTORY-OF-node_modules < ["script", …] > [true, …]
const { is_valid_flux } = require(process.argv[2] + '/@influxdata/flux-lsp-node');
const scripts = JSON.parse(require('fs').readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(scripts.map((script) => is_valid_flux(script))));

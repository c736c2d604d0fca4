// Loaded before the fault tests by `npm run test:faults`: each in its full form.
process.env['FAULTS'] = 'full';

// Names that are looked up at run time.
const factor = 3;
function evaluated(hidden) { return eval("hidden * factor"); }
function untouched(value) { return [1, 2].map((item) => item + value); }
console.log(evaluated(1), untouched(2));

"use strict";
(function () {
  function value(row, place) {
    return row.cells[place].dataset.value;
  }
  function compare(numeric, place, sign) {
    return function (a, b) {
      var x = value(a, place), y = value(b, place);
      if (x === "" || y === "") return (x === "") - (y === "");
      return sign * (numeric ? Number(x) - Number(y) : x.localeCompare(y, "en", { numeric: true }));
    };
  }
  function sort(button) {
    var head = button.closest("th"), table = head.closest("table"), body = table.tBodies[0];
    var rising = head.getAttribute("aria-sort") !== "ascending";
    var rows = Array.from(body.rows);
    rows.sort(compare(head.classList.contains("number"), head.cellIndex, rising ? 1 : -1));
    table.querySelectorAll("th[aria-sort]").forEach(function (th) { th.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", rising ? "ascending" : "descending");
    rows.forEach(function (row) { body.appendChild(row); });
    document.getElementById("sorted").textContent =
      table.caption.textContent + ": sorted by " + button.textContent + ", " + (rising ? "ascending" : "descending");
  }
  document.querySelectorAll("table.sortable th button").forEach(function (button) {
    button.addEventListener("click", function () { sort(button); });
  });
  document.documentElement.classList.add("script");
})();

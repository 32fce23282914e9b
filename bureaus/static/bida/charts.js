// Draws a chart above the table that holds its numbers. Without this file the table is there alone.
"use strict";
(() => {
  const drawn = [];
  const draw = (place) => {
    const ink = (name) => getComputedStyle(place).getPropertyValue(name).trim();
    const table = document.getElementById(place.dataset.table);
    const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
    const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent.trim()));
    if (rows.length < 2) return;
    place.hidden = false;
    const chart = echarts.init(place, null, { renderer: "svg" });
    const colours = [ink("--b-brand"), ink("--b-soft")];
    chart.setOption({
      animation: false,
      aria: { enabled: true, label: { description: document.getElementById(place.dataset.chart).textContent } },
      color: colours,
      grid: { left: 8, right: 12, top: 36, bottom: 4, containLabel: true },
      legend: { right: 0, top: 0, textStyle: { color: ink("--b-ink") } },
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      tooltip: { trigger: "axis", renderMode: "richText" },
      xAxis: { type: "category", data: rows.map((row) => row[0]), axisLabel: { color: ink("--b-soft") }, axisLine: { lineStyle: { color: ink("--b-line") } } },
      yAxis: { type: "value", minInterval: 1, axisLabel: { color: ink("--b-soft") }, splitLine: { lineStyle: { color: ink("--b-line") } } },
      series: heads.slice(1).map((name, at) => ({
        name, type: "line", data: rows.map((row) => Number(row[at + 1])), symbolSize: 5,
        lineStyle: { width: 2, type: at ? "dashed" : "solid" },
      })),
    });
    drawn.push(chart);
  };
  document.querySelectorAll("[data-chart]").forEach(draw);
  addEventListener("resize", () => drawn.forEach((chart) => chart.resize()));
})();

// Draws each chart of the page over its static image. The options stand beside it as JSON, one set for light ground and
// one for dark; the program made them, so nothing here knows what a chart is about. On a canvas, because the SVG renderer
// sets style attributes, which the policy of the site forbids.
(function () {
  "use strict";
  if (!window.echarts) return;

  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  var amount = new Intl.NumberFormat("en", { maximumSignificantDigits: 6 });
  var narrow = 560;

  // The header of the tooltip: the day, and the time of day where it is not midnight.
  function moment(ms) {
    var text = new Date(ms).toISOString();
    return text.slice(11, 19) === "00:00:00" ? text.slice(0, 10) : text.slice(0, 16).replace("T", " ") + " UTC";
  }

  function valueOf(item) {
    return Array.isArray(item.value) ? item.value[1] : item.value;
  }

  // The spread of a series stands beside it in two more, by the ids band-N-0 (the least) and band-N-1 (up to the most).
  function tooltip(items) {
    var axis = items[0].axisType.indexOf("time") >= 0 ? moment(items[0].axisValue) : items[0].axisValue;
    var spread = {};
    items.forEach(function (item) {
      var part = /^band-\d+-([01])$/.exec(item.seriesId);
      if (part && typeof valueOf(item) === "number") {
        spread[item.seriesName] = spread[item.seriesName] || [];
        spread[item.seriesName][part[1]] = valueOf(item);
      }
    });
    var lines = items.filter(function (item) {
      return !/^(band-|breaks)/.test(item.seriesId);
    }).map(function (item) {
      var value = valueOf(item);
      var text = typeof value === "number" ? amount.format(value) : "no value";
      var ends = spread[item.seriesName];
      if (ends && ends.length === 2) text += " (" + amount.format(ends[0]) + " to " + amount.format(ends[0] + ends[1]) + ")";
      return item.marker + " " + item.seriesName + "  " + text;
    });
    return [axis].concat(lines).join("\n");
  }

  function draw(figure) {
    var options = figure.querySelector("script").textContent;
    var fixed = figure.querySelector(".static");
    var image = fixed.querySelector("img");
    var canvas = document.createElement("div");
    canvas.className = "live";
    canvas.style.height = image.getAttribute("height") + "px";
    figure.insertBefore(canvas, fixed);
    figure.classList.add("drawn");
    var chart = window.echarts.init(canvas, null, {
      renderer: "canvas",
      devicePixelRatio: Math.max(window.devicePixelRatio, 2),
    });

    function paint() {
      var o = JSON.parse(options)[dark.matches ? "dark" : "light"];
      o.tooltip.formatter = tooltip;
      if (canvas.clientWidth < narrow) {
        o.legend.type = "scroll";
        o.xAxis[0].splitNumber = 4;
      }
      chart.setOption(o, { notMerge: true });
    }

    paint();
    dark.addEventListener("change", paint);
    new ResizeObserver(function () {
      chart.resize();
      paint();
    }).observe(canvas);
  }

  document.querySelectorAll("figure.chart").forEach(draw);
})();

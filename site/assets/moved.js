// Leads on from an old address, with the state of a chart behind the #, which a refresh would lose.
location.replace(document.getElementById("to").href + location.hash);
